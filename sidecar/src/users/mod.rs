//! Local users (`providerIssuer=local`): a JSON file with argon2id hashes, read again when it changes.
