"""From what a drawn figure is made: pose, costume, ink, and the parts of the body."""
