"""Pictures and faces: every hostile pixel is decoded in a child process, dlib lives only there."""
