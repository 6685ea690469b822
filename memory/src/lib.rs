//! What outlives a session: learnings, journal, tasks, schedules, reviews
