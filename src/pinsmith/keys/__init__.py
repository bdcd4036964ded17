"""Keys that no server presents yet: made ahead, kept apart, pinned as backup."""
