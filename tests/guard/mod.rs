//! Attacks on the guard rails, against real servers.

mod injection;
