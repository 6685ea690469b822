//! Throwaway PostgreSQL and Redis servers of our own: find, create, start, stop
