//! Part of Trailhound.
