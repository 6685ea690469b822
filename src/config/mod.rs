//! Settings: six layers, merged by key, each value knowing which layer set it.

mod error;
mod layers;
mod paths;
mod policy;
mod settings;

pub use error::ConfigError;
pub use layers::{Layer, Layers, Origin};
pub use paths::Paths;
pub use policy::policy_rules;
pub use settings::{
    AdviceSettings, DatabaseSettings, LimitSettings, ModelSettings, RedisSettings, ReviewSettings, ScheduleSettings,
    ServeSettings, Settings, StateSettings,
};
