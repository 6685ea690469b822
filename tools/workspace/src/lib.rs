//! File tools inside the workspace, and the sandboxed shell
