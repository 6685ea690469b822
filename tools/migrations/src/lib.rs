//! Migration hazards, safe rewrites, conventions and authoring
