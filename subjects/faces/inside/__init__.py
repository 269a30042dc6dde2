"""What runs only inside the child: the one place that imports Pillow and the face library."""
