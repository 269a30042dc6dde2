// Every page works without this: it only starts the enhancements of govuk-frontend.
"use strict";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
window.GOVUKFrontend.initAll();
