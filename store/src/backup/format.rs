//! The backup file: encrypted frames of complete entries.

use super::error::BackupError;
use crate::crypto::Sealer;
use crate::entropy::{Entropy, random_bytes};
use aes_gcm_siv::Aes256GcmSiv;
use aes_gcm_siv::aead::Payload;
use aes_gcm_siv::aead::stream::{DecryptorBE32, EncryptorBE32, Nonce, StreamBE32};
use std::io::{ErrorKind, Read, Write};

const MAGIC: &[u8; 8] = b"MCPBBAK1";
const HEAD: usize = 8 + 8 + 7;
/// A frame is written as soon as it has this length, in bytes.
const FRAME: usize = 64 * 1024;
/// The maximum length of a frame that is read, in bytes. An entry may exceed [`FRAME`], but no record is nearly as long
/// as this.
const LONGEST: usize = 16 * 1024 * 1024;

/// An entry: table, key, value.
pub(super) type Entry = (String, Vec<u8>, Vec<u8>);

/// Writes a backup, which is complete only after [`Self::finish`].
pub struct Writer<W> {
    out: W,
    head: [u8; HEAD],
    stream: EncryptorBE32<Aes256GcmSiv>,
    frame: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    pub fn new(mut out: W, sealer: &Sealer, entropy: &dyn Entropy) -> Result<Self, BackupError> {
        let (id, cipher) = sealer.backup_cipher();
        let prefix: [u8; 7] = random_bytes(entropy).map_err(crate::crypto::SealError::from)?;
        let mut head = [0; HEAD];
        for (to, from) in head.iter_mut().zip(MAGIC.iter().chain(&id).chain(&prefix)) {
            *to = *from;
        }
        out.write_all(&head)?;
        let nonce: &Nonce<Aes256GcmSiv, StreamBE32<Aes256GcmSiv>> = (&prefix).into();
        Ok(Self { out, head, stream: EncryptorBE32::from_aead(cipher, nonce), frame: Vec::new() })
    }

    /// Adds an entry.
    pub fn entry(&mut self, table: &str, key: &[u8], value: &[u8]) -> Result<(), BackupError> {
        for part in [table.as_bytes(), key, value] {
            let length = u32::try_from(part.len()).map_err(|_| BackupError::Damaged)?;
            self.frame.extend(length.to_be_bytes());
            self.frame.extend(part);
        }
        if self.frame.len() < FRAME {
            return Ok(());
        }
        let payload = Payload { msg: &self.frame, aad: &self.head };
        let sealed = self.stream.encrypt_next(payload).map_err(|_| BackupError::Damaged)?;
        self.frame.clear();
        write_frame(&mut self.out, 0, &sealed)
    }

    /// Writes the final frame.
    pub fn finish(mut self) -> Result<W, BackupError> {
        let payload = Payload { msg: &self.frame, aad: &self.head };
        let sealed = self.stream.encrypt_last(payload).map_err(|_| BackupError::Damaged)?;
        write_frame(&mut self.out, 1, &sealed)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn write_frame(out: &mut impl Write, last: u8, sealed: &[u8]) -> Result<(), BackupError> {
    let length = u32::try_from(sealed.len()).map_err(|_| BackupError::Damaged)?;
    out.write_all(&[last])?;
    out.write_all(&length.to_be_bytes())?;
    Ok(out.write_all(sealed)?)
}

/// Reads a backup, frame by frame.
pub struct Reader<R> {
    from: R,
    head: [u8; HEAD],
    /// `None` after the final frame.
    stream: Option<DecryptorBE32<Aes256GcmSiv>>,
}

impl<R: Read> Reader<R> {
    /// Reads and checks the header. Fails if the file is not a backup or if its encryption key is not configured.
    pub fn new(mut from: R, sealer: &Sealer) -> Result<Self, BackupError> {
        let mut head = [0; HEAD];
        from.read_exact(&mut head).map_err(|error| cut_off(error, BackupError::Foreign))?;
        let rest = head.strip_prefix(MAGIC).ok_or(BackupError::Foreign)?;
        let (id, prefix) = rest.split_first_chunk::<8>().ok_or(BackupError::Foreign)?;
        let cipher = sealer.backup_cipher_of(*id).ok_or(BackupError::UnknownKey)?;
        let prefix: [u8; 7] = prefix.try_into().map_err(|_| BackupError::Foreign)?;
        let nonce: &Nonce<Aes256GcmSiv, StreamBE32<Aes256GcmSiv>> = (&prefix).into();
        Ok(Self { from, head, stream: Some(DecryptorBE32::from_aead(cipher, nonce)) })
    }

    /// Reads the next frame; returns `false` if the final frame was already read.
    pub fn next_frame(&mut self) -> Result<bool, BackupError> {
        Ok(self.frame()?.is_some())
    }

    /// Returns the entries of the next frame; `None` if the final frame was already read. The mark of the final frame
    /// is authenticated, like the content.
    pub(super) fn frame(&mut self) -> Result<Option<Vec<Entry>>, BackupError> {
        let Some(mut stream) = self.stream.take() else { return Ok(None) };
        let mut start = [0; 5];
        self.from.read_exact(&mut start).map_err(|error| cut_off(error, BackupError::Incomplete))?;
        let [last, length @ ..] = start;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(BackupError::Damaged);
        }
        let mut sealed = vec![0; length];
        self.from.read_exact(&mut sealed).map_err(|error| cut_off(error, BackupError::Incomplete))?;
        let payload = Payload { msg: &sealed, aad: &self.head };
        let plain = if last == 1 {
            stream.decrypt_last(payload)
        } else {
            let plain = stream.decrypt_next(payload);
            self.stream = Some(stream);
            plain
        };
        entries(&plain.map_err(|_| BackupError::Damaged)?).map(Some)
    }
}

fn cut_off(error: std::io::Error, meaning: BackupError) -> BackupError {
    if error.kind() == ErrorKind::UnexpectedEof { meaning } else { BackupError::Io(error) }
}

fn entries(mut plain: &[u8]) -> Result<Vec<Entry>, BackupError> {
    let mut all = Vec::new();
    while !plain.is_empty() {
        let mut part = || -> Option<Vec<u8>> {
            let (length, rest) = plain.split_first_chunk::<4>()?;
            let (part, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            plain = rest;
            Some(part.to_vec())
        };
        let entry = part().zip(part()).zip(part()).ok_or(BackupError::Damaged)?;
        let ((table, key), value) = entry;
        all.push((String::from_utf8(table).map_err(|_| BackupError::Damaged)?, key, value));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use protocol::secret::Secret;
    use std::sync::Arc;

    fn sealer(current: u8, previous: &[u8]) -> Sealer {
        let key = |byte: u8| Secret::new([byte; 32]);
        let previous: Vec<_> = previous.iter().map(|byte| key(*byte)).collect();
        Sealer::new(&key(current), &previous, Arc::new(SeededEntropy::new(7)))
    }

    fn written() -> (Vec<u8>, Vec<Entry>) {
        let mut writer = Writer::new(Vec::new(), &sealer(1, &[]), &SeededEntropy::new(3)).unwrap();
        let mut entries = Vec::new();
        for n in 0..40_u8 {
            let entry = (format!("table {}", n % 3), vec![n; 5], vec![n; usize::from(n) * 200]);
            writer.entry(&entry.0, &entry.1, &entry.2).unwrap();
            entries.push(entry);
        }
        (writer.finish().unwrap(), entries)
    }

    fn read(bytes: &[u8], sealer: &Sealer) -> Result<Vec<Entry>, BackupError> {
        let mut reader = Reader::new(bytes, sealer)?;
        let mut all = Vec::new();
        while let Some(entries) = reader.frame()? {
            all.extend(entries);
        }
        Ok(all)
    }

    #[test]
    fn what_was_written_is_read_under_the_same_key_or_as_a_previous_one() {
        let (bytes, entries) = written();
        assert!(bytes.len() > 2 * FRAME, "several frames");
        assert_eq!(read(&bytes, &sealer(1, &[])).unwrap(), entries);
        assert_eq!(read(&bytes, &sealer(2, &[3, 1])).unwrap(), entries);
        assert!(matches!(read(&bytes, &sealer(2, &[3])), Err(BackupError::UnknownKey)));
        assert!(matches!(read(b"notes", &sealer(1, &[])), Err(BackupError::Foreign)));
        let nothing =
            Writer::new(Vec::new(), &sealer(1, &[]), &SeededEntropy::new(3)).unwrap().finish().unwrap();
        assert_eq!(read(&nothing, &sealer(1, &[])).unwrap(), []);
    }

    #[test]
    fn no_byte_can_be_changed_and_no_end_cut_off() {
        let (bytes, entries) = written();
        for at in (0..bytes.len()).step_by(997).chain(0..HEAD + 5) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(read(&changed, &sealer(1, &[])).is_err(), "byte {at}");
            assert!(read(&bytes[..at], &sealer(1, &[])).is_err(), "cut at {at}");
        }
        // Cut between frames, with the previous frame marked as the final one.
        let mut at = HEAD;
        while bytes[at] == 0 {
            let mut cut = bytes.clone();
            cut[at] = 1;
            assert!(matches!(read(&cut, &sealer(1, &[])), Err(BackupError::Damaged)));
            at += 5 + u32::from_be_bytes(bytes[at + 1..at + 5].try_into().unwrap()) as usize;
            assert!(matches!(read(&bytes[..at], &sealer(1, &[])), Err(BackupError::Incomplete)));
        }
        assert!(!bytes.windows(7).any(|window| window == entries[0].0.as_bytes()), "it is encrypted");
    }
}
