"""A sitting as one film to take away (合成录像): recipe, parts, one MP4; the evidence stays sealed."""
