//! The header `traceparent` (W3C Trace Context §3.2), which carries a trace from one program to the next.
//!
//! Anyone can send this header, so it decides only which trace the spans of a request belong to, and whether that trace
//! is sampled if the operator allows it. `tracestate` and `baggage` are neither read nor sent: otherwise, what a
//! stranger writes there would reach identity providers.

use axum::http::{HeaderMap, HeaderName};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// The header's name.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The length of a value of version 00, in bytes: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`.
const LENGTH: usize = 55;
/// The maximum length of a value of a later version, in bytes. Such a value may have more fields at the end.
const LONGEST: usize = 256;

/// Reads the caller's span. `None` if the header is missing, sent twice, or malformed.
pub fn read(headers: &HeaderMap) -> Option<SpanContext> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let text = value.to_str().ok()?;
    let (head, rest) = text.split_at_checked(LENGTH)?;
    let shaped = head.bytes().enumerate().all(|(at, b)| match at {
        2 | 35 | 52 => b == b'-',
        _ => b.is_ascii_digit() || (b'a'..=b'f').contains(&b),
    });
    let more =
        if head.starts_with("00") { rest.is_empty() } else { rest.is_empty() || rest.starts_with('-') };
    if !shaped || !more || head.starts_with("ff") || text.len() > LONGEST {
        return None;
    }
    let trace = TraceId::from_hex(head.get(3..35)?).ok()?;
    let span = SpanId::from_hex(head.get(36..52)?).ok()?;
    let flags = u8::from_str_radix(head.get(53..)?, 16).ok()?;
    let flags = TraceFlags::new(flags) & TraceFlags::SAMPLED;
    Some(SpanContext::new(trace, span, flags, true, TraceState::NONE)).filter(SpanContext::is_valid)
}

/// Returns the header's value for a call that belongs to this span.
pub fn write(span: &SpanContext) -> String {
    let flags = span.trace_flags() & TraceFlags::SAMPLED;
    format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), flags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn of(values: &[&str]) -> Option<SpanContext> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(TRACEPARENT, HeaderValue::from_str(value).unwrap());
        }
        read(&headers)
    }

    #[test]
    fn the_callers_span_is_read_and_written_again() {
        let span = of(&[GOOD]).unwrap();
        assert!(span.is_sampled() && span.is_remote());
        assert_eq!(write(&span), GOOD);
        let other = GOOD.replace("-01", "-00");
        assert_eq!(write(&of(&[&other]).unwrap()), other);
    }

    #[test]
    fn later_versions_may_have_more_fields_and_unknown_flags_are_cleared() {
        let later = GOOD.replacen("00", "cc", 1) + "-what-the-future-brings";
        assert_eq!(write(&of(&[&later]).unwrap()), GOOD);
        assert_eq!(write(&of(&[&GOOD.replace("-01", "-fd")]).unwrap()), GOOD);
    }

    #[test]
    fn malformed_values_are_ignored() {
        let long = GOOD.replacen("00", "cc", 1) + "-" + &"x".repeat(LONGEST);
        for bad in [
            "",
            "00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
            &long,
        ] {
            assert!(of(&[bad]).is_none(), "{bad}");
        }
        assert!(of(&[]).is_none() && of(&[GOOD, GOOD]).is_none());
    }
}
