// The secret of a link stands behind the # of its address, which no server sees. It is put into the
// form and taken out of the address and the history at once; only the button sends it.
"use strict";

const secret = window.location.hash.slice(1);
const form = document.querySelector("[data-portal-open]");

if (secret && form) {
  window.history.replaceState(null, "", window.location.pathname);
  form.querySelector("[name=secret]").value = secret;
  document.querySelector("[data-portal-open-code]").hidden = true;
  document.querySelector("[data-portal-open-link]").hidden = false;
}
