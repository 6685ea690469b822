//! Nobody watches scheduled work: it is not done with rights that could do harm, unless that is
//! configured.

use super::plan::PlannedTarget;
use crate::{assemble::Specialist, rights::Rights};

/// Why a target is not reviewed by the clock: each right that our role there has in excess. `None`
/// also where the server cannot be asked; then the review says why.
pub(super) async fn refusal(specialist: &Specialist, target: &PlannedTarget) -> Option<String> {
    let mut refusals = Vec::new();
    for database in specialist.databases.iter().filter(|known| target.database.as_deref() == Some(known.name())) {
        if !specialist.settings.allows_excess_on_database(database.name())
            && let Ok(held) = Rights::on_database(database).await
        {
            refusals.extend(held.refusal());
        }
    }
    if let Some(redis) = specialist.redis.as_ref().filter(|_| target.redis)
        && !specialist.settings.allows_excess_on_redis(redis.name())
        && let Ok(held) = Rights::on_redis(redis).await
    {
        refusals.extend(held.refusal());
    }
    (!refusals.is_empty()).then(|| refusals.join(". "))
}
