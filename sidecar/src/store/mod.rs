//! What the authorization server remembers.
