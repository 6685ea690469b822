//! Redis key templates, TTL, memory and script rules over sampled values
