"""The face library, loaded with care: it ends the process when a model is missing, and more."""

import warnings
from importlib.util import find_spec
from pathlib import Path

NEEDED = ("numpy", "PIL", "dlib", "face_recognition_models", "face_recognition")


def load() -> None:
    """Import face_recognition once, and undo what it does to the rest of the process.

    Raises ImportError naming the library or model that is missing.
    """
    # Asked first: face_recognition calls quit() with exit code 0 when its models are missing.
    for name in NEEDED:
        if find_spec(name) is None:
            message = f"{name} is not installed"
            raise ImportError(message)
    import face_recognition_models as models  # noqa: PLC0415 - looked for above

    for location in (
        models.pose_predictor_five_point_model_location(),
        models.face_recognition_model_location(),
        models.cnn_face_detector_model_location(),
    ):
        if not Path(location).is_file():
            message = f"the model {Path(location).name} is missing"
            raise ImportError(message)
    # The pictures behind the 68-point model exclude commercial use, so it is never loaded;
    # model="small" does not ask for it.
    models.pose_predictor_model_location = models.pose_predictor_five_point_model_location
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import face_recognition  # noqa: F401, PLC0415 - once its models are seen

    from PIL import ImageFile  # noqa: PLC0415 - set back after that import

    ImageFile.LOAD_TRUNCATED_IMAGES = False  # face_recognition sets it: half a JPEG would pass
