//! What the configuration lets us do to a database, whatever its role could do.

use dbwright_contract::Effect;

use crate::{Access, DatabaseConfig, Environment};

/// Whether an effect is permitted; otherwise the rule and the key to change.
///
/// # Errors
/// The reason, for [`dbwright_contract::Assessment::refuse`].
pub fn permit(config: &DatabaseConfig, effect: Effect) -> Result<(), String> {
    let name = &config.name;
    let needed = match effect {
        Effect::Observe | Effect::Rehearse => return Ok(()),
        Effect::Maintain => Access::Maintain,
        Effect::WriteFiles | Effect::Shell | Effect::Change | Effect::Destroy => Access::Change,
    };
    if config.access < needed {
        let word = if needed == Access::Maintain { "maintain" } else { "change" };
        return Err(format!(
            "write.access: {name} may not be {}: set `databases.{name}.access: {word}` in the configuration, or run the statements yourself",
            if needed == Access::Maintain { "maintained from here" } else { "changed from here" }
        ));
    }
    if needed == Access::Change && config.environment == Environment::Production && !config.allow_production_changes {
        return Err(format!(
            "write.production: {name} is a production database, which is changed by migrations only: set \
             `databases.{name}.allow_production_changes: true` in the configuration to permit direct changes, or `environment` \
             if it is no production database"
        ));
    }
    Ok(())
}

#[cfg(test)]
#[path = "permit_tests.rs"]
mod tests;
