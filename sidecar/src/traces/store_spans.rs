//! Spans of store operations.

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use store::StoreError;
use store::watch::{Watch, Watched};

use crate::telemetry::span::Span;

/// Makes a span of each store operation within a request.
#[derive(Debug, Clone, Copy)]
pub struct StoreSpans {
    /// The name of the database system: `redb` or `postgresql`.
    system: &'static str,
}

impl StoreSpans {
    /// Makes spans for PostgreSQL if `is_postgres` is true, otherwise for the database file.
    pub const fn new(is_postgres: bool) -> Self {
        Self { system: if is_postgres { "postgresql" } else { "redb" } }
    }
}

impl Watch for StoreSpans {
    fn begins(&self, operation: &'static str) -> Option<Box<dyn Watched>> {
        let system = self.system;
        let kind = if system == "postgresql" { SpanKind::Client } else { SpanKind::Internal };
        let span = Span::within(kind, operation, || {
            vec![KeyValue::new("db.system.name", system), KeyValue::new("db.operation.name", operation)]
        });
        span.context()?;
        Some(Box::new(OperationSpan(span)))
    }
}

struct OperationSpan(Span);

impl Watched for OperationSpan {
    fn ends(self: Box<Self>, error: Option<&StoreError>) {
        if error.is_some() {
            self.0.fail("store");
        }
    }
}
