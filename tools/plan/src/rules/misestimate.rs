//! Where rows were misjudged, and why: shared by the rules that name the reason.
