"""What enrolment and camera must do in exactly the same way: find faces, cut them out, judge them."""
