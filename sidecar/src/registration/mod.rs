//! Dynamic client registration (RFC 7591).
