//! Failure drills: what happens when processes are killed, disks are full, servers go away and
//! models misbehave. `DBWRIGHT_DRILLS=long` (`./test --long`) runs many more rounds.

mod disk;
mod driver;
mod kill;
mod model;
mod postgres;
mod proxy;
mod redis;
mod sessions;
