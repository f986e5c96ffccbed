//! Settings for the export of traces, with the names and meanings of OpenTelemetry's environment variables.

use axum::http::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use protocol::secret::Secret;
use url::Url;

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};
use crate::traces::{Sampling, Settings};

const ENDPOINT: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    default: Default::Absent("–"),
    meaning: "the collector to which [traces](operations/tracing.md) are exported by OTLP over HTTP, such as `http://collector:4318`; the path `/v1/traces` is added. Without it and the next one there are no traces",
};
const TRACES_ENDPOINT: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    default: Default::Absent("–"),
    meaning: "the same, with the complete URL; replaces `OTEL_EXPORTER_OTLP_ENDPOINT`",
};
const HEADERS: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_HEADERS",
    default: Default::Absent("–"),
    meaning: "headers for the collector, such as credentials: `name=value`, comma-separated, values percent-encoded",
};
const TRACES_HEADERS: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    default: Default::Absent("–"),
    meaning: "the same; replaces `OTEL_EXPORTER_OTLP_HEADERS`",
};
const PROTOCOL: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_PROTOCOL",
    default: Default::Value("http/protobuf"),
    meaning: "only `http/protobuf`",
};
const TRACES_PROTOCOL: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    default: Default::Value("http/protobuf"),
    meaning: "the same; replaces `OTEL_EXPORTER_OTLP_PROTOCOL`",
};
const SERVICE_NAME: Variable = Variable {
    name: "OTEL_SERVICE_NAME",
    default: Default::Value("mcpbouncer"),
    meaning: "the service's name in traces",
};
const SAMPLER: Variable = Variable {
    name: "OTEL_TRACES_SAMPLER",
    default: Default::Value("parentbased_always_on"),
    meaning: "which requests are traced: `always_on`, `always_off`, `traceidratio`, or these with `parentbased_` before them, which follow the caller's decision if there is one",
};
const SAMPLER_ARG: Variable = Variable {
    name: "OTEL_TRACES_SAMPLER_ARG",
    default: Default::Number("1", ""),
    meaning: "for the samplers with `traceidratio`: the share of requests that are traced, from 0 to 1",
};
pub(super) const VARIABLES: &[Variable] = &[
    ENDPOINT,
    TRACES_ENDPOINT,
    HEADERS,
    TRACES_HEADERS,
    PROTOCOL,
    TRACES_PROTOCOL,
    SERVICE_NAME,
    SAMPLER,
    SAMPLER_ARG,
];

/// Reads the settings of the export; `None` if no collector is named. Then the other variables are not read, because
/// they may be set for other programs.
pub(super) fn read(source: &mut Source) -> Option<Settings> {
    let general = source.optional(&ENDPOINT, |text| endpoint(text).map(with_path));
    let endpoint = source.optional(&TRACES_ENDPOINT, endpoint).or(general)?;
    if source.optional(&TRACES_PROTOCOL, protocol).is_none() {
        source.optional(&PROTOCOL, protocol);
    }
    let headers = source.optional(&TRACES_HEADERS, headers);
    let headers = headers.or_else(|| source.optional(&HEADERS, self::headers)).unwrap_or_default();
    let service = source.optional(&SERVICE_NAME, parse::text);
    let ratio = source.optional(&SAMPLER_ARG, ratio).unwrap_or(1.0);
    let sampling = source.optional(&SAMPLER, |text| sampling(text, ratio));
    let sampling = sampling.unwrap_or(Sampling { follows_caller: true, ratio: 1.0 });
    Some(Settings { endpoint, headers, service, sampling })
}

fn endpoint(text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url)
            if matches!(url.scheme(), "http" | "https")
                && url.host().is_some()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none() =>
        {
            Ok(url)
        }
        _ => Err("must be the URL of a collector such as http://collector:4318; put credentials in \
                  OTEL_EXPORTER_OTLP_HEADERS"
            .to_owned()),
    }
}

fn with_path(mut url: Url) -> Url {
    let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

fn protocol(text: &str) -> Result<(), String> {
    if text == "http/protobuf" {
        return Ok(());
    }
    Err("must be http/protobuf, the only protocol of this server; a collector usually takes it at port 4318"
        .to_owned())
}

fn headers(text: &str) -> Result<Vec<(String, Secret<String>)>, String> {
    let header = |item: &str| {
        let (name, value) = item.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        let name = HeaderName::try_from(name.trim()).ok()?;
        HeaderValue::try_from(&*value).ok()?;
        Some((name.as_str().to_owned(), Secret::new(value.into_owned())))
    };
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let read: Option<Vec<_>> = items.map(header).collect();
    read.ok_or_else(|| "must be a comma-separated list of name=value, the values percent-encoded".to_owned())
}

fn ratio(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err("must be a number from 0 to 1".to_owned()),
    }
}

fn sampling(text: &str, argument: f64) -> Result<Sampling, String> {
    let (follows_caller, name) = match text.strip_prefix("parentbased_") {
        Some(name) => (true, name),
        None => (false, text),
    };
    let ratio = match name {
        "always_on" => 1.0,
        "always_off" => 0.0,
        "traceidratio" => argument,
        _ => {
            return Err(
                "must be always_on, always_off or traceidratio, or one of them after parentbased_".to_owned()
            );
        }
    };
    Ok(Sampling { follows_caller, ratio })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Result<Option<Settings>, Vec<String>> {
        let mut source = Source::new(pairs.iter().copied());
        let settings = read(&mut source);
        let problems = source.finish();
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    const AT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");

    #[test]
    fn without_a_collector_nothing_is_exported_and_nothing_is_wrong() {
        for pairs in [
            &[][..],
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "")],
            &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_TRACES_SAMPLER", "xray"), ("OTEL_ELSE", "x")],
        ] {
            assert!(settings(pairs).unwrap().is_none(), "{pairs:?}");
        }
    }

    #[test]
    fn the_general_endpoint_gets_a_path_and_the_other_is_used_as_it_is() {
        let at = |pairs: &[(&str, &str)]| settings(pairs).unwrap().unwrap().endpoint.to_string();
        assert_eq!(at(&[AT]), "http://collector:4318/v1/traces");
        let below = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector/otlp/");
        assert_eq!(at(&[below]), "https://collector/otlp/v1/traces");
        let whole = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://other/in");
        assert_eq!(at(&[AT, whole]), "https://other/in");
    }

    #[test]
    fn the_samplers_have_their_standard_meaning() {
        for (name, argument, follows_caller, ratio) in [
            ("", "", true, 1.0),
            ("always_on", "0.5", false, 1.0),
            ("always_off", "", false, 0.0),
            ("traceidratio", "0.5", false, 0.5),
            ("traceidratio", "", false, 1.0),
            ("parentbased_always_on", "", true, 1.0),
            ("parentbased_always_off", "", true, 0.0),
            ("parentbased_traceidratio", "0.25", true, 0.25),
        ] {
            let pairs = [AT, ("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", argument)];
            let found = settings(&pairs).unwrap().unwrap().sampling;
            assert_eq!(found, Sampling { follows_caller, ratio }, "{name}");
        }
    }

    #[test]
    fn headers_are_decoded_and_secret() {
        let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20canary, X-Scope = a ,");
        let found = settings(&[AT, headers]).unwrap().unwrap();
        assert!(!format!("{found:?}").contains("canary"));
        let text: Vec<(String, String)> =
            found.headers.iter().map(|(name, value)| (name.clone(), value.expose().clone())).collect();
        let wanted = [("authorization", "Bearer canary"), ("x-scope", "a")];
        assert_eq!(text, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let own = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=b");
        assert_eq!(settings(&[AT, headers, own]).unwrap().unwrap().headers.len(), 1);
    }

    #[test]
    fn wrong_values_are_named_and_not_repeated() {
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "canary:4317"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:canary@collector"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector/?key=canary"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "canary"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=canary%0a"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
            ("OTEL_TRACES_SAMPLER", "canary"),
            ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ] {
            let problems = settings(&[AT, (name, value)]).unwrap_err();
            assert!(problems.len() == 1 && problems[0].starts_with(name), "{problems:?}");
            assert!(!problems[0].contains("canary"), "{problems:?}");
        }
    }
}
