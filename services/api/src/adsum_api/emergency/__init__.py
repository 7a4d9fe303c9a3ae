"""The emergency list: where every student was last seen today."""
