//! The real host: the imports of the http-wasm HTTP handler ABI, as Traefik provides them.
//!
//! On an invalid argument the host panics or responds with 500, so no invalid argument is passed: no URI that Go cannot
//! parse, no name or value that HTTP does not allow, no status out of range.
#![expect(unsafe_code, reason = "the imports take raw pointers")]

use protocol::resource::gate::Level;
use protocol::resource::header_name::HeaderName;
use protocol::resource::header_value::HeaderValue;
use protocol::resource::request::{BodyPiece, HeaderList};
use protocol::time::UnixTime;

use super::sized::{Scratch, piece};
use super::{Host, HostError, fit, wasi_calls};

/// The host that calls Traefik. No call names a request: Traefik knows which request the instance serves.
pub(crate) struct Traefik<'a>(pub(crate) &'a mut Scratch);

/// Header kinds and body kinds of the ABI.
const REQUEST: i32 = 0;
const RESPONSE: i32 = 1;
const RESPONSE_TRAILERS: i32 = 3;
/// Feature bit: the response is buffered, and may be changed in `handle_response`.
const BUFFER_RESPONSE: i32 = 2;

/// How many bytes of a response body are read at first. Each later piece is as long as all earlier pieces together.
const FIRST_PIECE: usize = 16 << 10;

mod abi {
    #[link(wasm_import_module = "http_handler")]
    unsafe extern "C" {
        pub(super) fn get_config(buf: *mut u8, limit: i32) -> i32;
        pub(super) fn enable_features(features: i32) -> i32;
        pub(super) fn log(level: i32, message: *const u8, len: i32);
        pub(super) fn log_enabled(level: i32) -> i32;
        pub(super) fn get_method(buf: *mut u8, limit: i32) -> i32;
        pub(super) fn get_uri(buf: *mut u8, limit: i32) -> i32;
        pub(super) fn set_uri(uri: *const u8, len: i32);
        pub(super) fn get_source_addr(buf: *mut u8, limit: i32) -> i32;
        pub(super) fn get_header_names(kind: i32, buf: *mut u8, limit: i32) -> i64;
        pub(super) fn get_header_values(
            kind: i32,
            name: *const u8,
            len: i32,
            buf: *mut u8,
            limit: i32,
        ) -> i64;
        pub(super) fn set_header_value(
            kind: i32,
            name: *const u8,
            len: i32,
            value: *const u8,
            value_len: i32,
        );
        pub(super) fn remove_header(kind: i32, name: *const u8, len: i32);
        pub(super) fn get_status_code() -> i32;
        pub(super) fn set_status_code(code: i32);
        pub(super) fn read_body(kind: i32, buf: *mut u8, limit: i32) -> i64;
        pub(super) fn write_body(kind: i32, body: *const u8, len: i32);
    }
}

/// The number of bytes, which is never above `i32::MAX`, because linear memory is much smaller.
fn length(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).unwrap_or(i32::MAX)
}

impl Traefik<'_> {
    /// Reads a value by a call that returns its size.
    fn value(&mut self, call: unsafe extern "C" fn(*mut u8, i32) -> i32) -> Result<&[u8], HostError> {
        let (value, ()) = self.0.read(|buffer| {
            // SAFETY: the host writes at most as much as the buffer is long.
            (i64::from(unsafe { call(buffer.as_mut_ptr(), length(buffer)) }), ())
        })?;
        Ok(value)
    }

    /// Reads a list by a call that returns a count in the upper half and a size in the lower.
    fn list(&mut self, mut call: impl FnMut(*mut u8, i32) -> i64) -> Result<HeaderList<'_>, HostError> {
        let (bytes, count) = self.0.read(|buffer| {
            let count_and_size = call(buffer.as_mut_ptr(), length(buffer));
            (count_and_size & 0xffff_ffff, count_and_size >> 32)
        })?;
        Ok(HeaderList::from_abi(bytes, usize::try_from(count).map_err(|_| HostError::Malformed)?))
    }

    fn names(&mut self, kind: i32) -> Result<HeaderList<'_>, HostError> {
        // SAFETY: the host writes at most `limit` bytes.
        self.list(|buf, limit| unsafe { abi::get_header_names(kind, buf, limit) })
    }

    fn values(&mut self, kind: i32, name: &'static str) -> Result<HeaderList<'_>, HostError> {
        let name = name.as_bytes();
        // SAFETY: the host reads the name and writes at most `limit` bytes.
        self.list(|buf, limit| unsafe {
            abi::get_header_values(kind, name.as_ptr(), length(name), buf, limit)
        })
    }
}

/// The number of a level in the ABI.
const fn number(level: Level) -> i32 {
    match level {
        Level::Info => 0,
        Level::Warn => 1,
        Level::Error => 2,
    }
}

/// Sets a header. The caller must have validated the value.
fn set(kind: i32, name: HeaderName<'_>, value: &str) {
    let (name, value) = (name.as_str().as_bytes(), value.as_bytes());
    // SAFETY: the host reads both during the call and retains neither pointer.
    unsafe { abi::set_header_value(kind, name.as_ptr(), length(name), value.as_ptr(), length(value)) };
}

fn remove(kind: i32, name: &str) -> Result<(), HostError> {
    let name = fit::header_name(name)?.as_bytes();
    // SAFETY: the host reads the name during the call and does not retain the pointer.
    unsafe { abi::remove_header(kind, name.as_ptr(), length(name)) };
    Ok(())
}

impl Host for Traefik<'_> {
    fn config(&mut self) -> Result<&[u8], HostError> {
        self.value(abi::get_config)
    }

    fn env(&mut self, name: &str) -> Result<Option<Vec<u8>>, HostError> {
        wasi_calls::env(name)
    }

    fn now(&mut self) -> Result<UnixTime, HostError> {
        wasi_calls::now()
    }

    fn read_file(&mut self, path: &str) -> Result<Vec<u8>, HostError> {
        wasi_calls::read_file(path)
    }

    fn logs(&mut self, level: Level) -> bool {
        // SAFETY: takes no pointer.
        unsafe { abi::log_enabled(number(level)) == 1 }
    }

    fn log(&mut self, level: Level, message: &str) {
        // SAFETY: the host reads the message during the call and does not retain the pointer.
        unsafe { abi::log(number(level), message.as_ptr(), length(message.as_bytes())) };
    }

    fn method(&mut self) -> Result<&[u8], HostError> {
        self.value(abi::get_method)
    }

    fn uri(&mut self) -> Result<&[u8], HostError> {
        self.value(abi::get_uri)
    }

    fn source_addr(&mut self) -> Result<&[u8], HostError> {
        self.value(abi::get_source_addr)
    }

    fn request_header_names(&mut self) -> Result<HeaderList<'_>, HostError> {
        self.names(REQUEST)
    }

    fn request_header(&mut self, name: &'static str) -> Result<HeaderList<'_>, HostError> {
        self.values(REQUEST, name)
    }

    fn set_uri(&mut self, uri: &str) -> Result<(), HostError> {
        let uri = fit::uri(uri)?.as_bytes();
        // SAFETY: the host reads the URI during the call and does not retain the pointer.
        unsafe { abi::set_uri(uri.as_ptr(), length(uri)) };
        Ok(())
    }

    fn set_request_header(&mut self, name: HeaderName<'_>, value: &HeaderValue) -> Result<(), HostError> {
        set(REQUEST, name, value);
        Ok(())
    }

    fn remove_request_header(&mut self, name: &str) -> Result<(), HostError> {
        remove(REQUEST, name)
    }

    fn forward_body_piece(&mut self) -> Result<BodyPiece<'_>, HostError> {
        let (bytes, is_last) = self.0.read_piece(|buffer| {
            // SAFETY: the host writes at most as much as the buffer is long.
            unsafe { abi::read_body(REQUEST, buffer.as_mut_ptr(), length(buffer)) }
        })?;
        // A request without a body is forwarded without a body.
        if !bytes.is_empty() {
            // SAFETY: the host copies the bytes during the call.
            unsafe { abi::write_body(REQUEST, bytes.as_ptr(), length(bytes)) };
        }
        Ok(BodyPiece { bytes, is_last })
    }

    fn buffer_response(&mut self) -> Result<(), HostError> {
        // SAFETY: takes no pointer.
        let enabled = unsafe { abi::enable_features(BUFFER_RESPONSE) };
        if enabled & BUFFER_RESPONSE == 0 { Err(HostError::NoBuffering) } else { Ok(()) }
    }

    fn response_header_names(&mut self) -> Result<HeaderList<'_>, HostError> {
        self.names(RESPONSE)
    }

    fn response_header(&mut self, name: &'static str) -> Result<HeaderList<'_>, HostError> {
        self.values(RESPONSE, name)
    }

    fn set_response_header(&mut self, name: &'static str, value: &str) -> Result<(), HostError> {
        set(RESPONSE, HeaderName::constant(name), fit::header_value(value)?);
        Ok(())
    }

    fn remove_response_header(&mut self, name: &str) -> Result<(), HostError> {
        remove(RESPONSE, name)
    }

    fn remove_response_trailers(&mut self) -> Result<(), HostError> {
        let names = self.names(RESPONSE_TRAILERS)?;
        let names = names.texts().map_err(|_| HostError::Malformed)?;
        names.into_iter().try_for_each(|name| remove(RESPONSE_TRAILERS, name))
    }

    fn status(&mut self) -> Result<u16, HostError> {
        // SAFETY: takes no pointer.
        let status = unsafe { abi::get_status_code() };
        u16::try_from(status).map_err(|_| HostError::Malformed)
    }

    fn set_status(&mut self, status: u16) -> Result<(), HostError> {
        let status = fit::status(status)?;
        // SAFETY: takes no pointer.
        unsafe { abi::set_status_code(i32::from(status)) };
        Ok(())
    }

    fn response_body(&mut self, most: usize) -> Result<Option<Vec<u8>>, HostError> {
        let mut body = Vec::new();
        loop {
            let read = body.len();
            let room = (read.max(FIRST_PIECE)).min(most + 1 - read);
            body.reserve_exact(room);
            body.resize(read + room, 0);
            let Some(buffer) = body.get_mut(read..) else { return Err(HostError::Malformed) };
            // SAFETY: the host writes at most as much as the buffer is long.
            let returned = unsafe { abi::read_body(RESPONSE, buffer.as_mut_ptr(), length(buffer)) };
            let (count, is_last) = piece(returned, room)?;
            body.truncate(read + count);
            if body.len() > most {
                return Ok(None);
            }
            if is_last {
                return Ok(Some(body));
            }
        }
    }

    fn write_body(&mut self, body: &[u8]) -> Result<(), HostError> {
        // SAFETY: the host reads the body during the call and does not retain the pointer.
        unsafe { abi::write_body(RESPONSE, body.as_ptr(), length(body)) };
        Ok(())
    }
}
