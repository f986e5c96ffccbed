//! Request headers of many sizes: each value that the plugin reads, and the names.

use super::place::{Odd, at};
use super::{LONGEST_VALUE, filler, steps};

/// The maximum length of bearer tokens, in bytes.
const LONGEST_TOKEN: usize = 8_192;

#[test]
fn a_long_bearer_token_gets_4xx_and_the_next_request_is_served() {
    at("authorization", async |place| {
        let good = place.token.clone();
        let (signed, signature) = good.rsplit_once('.').expect("a JWT");
        let (header, payload) = signed.split_once('.').expect("a JWT");
        for size in steps() {
            let length = size - "Bearer ".len();
            let refused = if length > LONGEST_TOKEN { 400 } else { 401 };
            let stretched = |rest: usize| filler(length.saturating_sub(rest + 2));
            for token in [
                filler(length),
                // These tokens are valid except for one long part.
                format!("{}.{payload}.{signature}", stretched(payload.len() + signature.len())),
                format!("{header}.{}.{signature}", stretched(header.len() + signature.len())),
                format!("{header}.{payload}.{}", stretched(header.len() + payload.len())),
                format!("{good}{}", filler(length.saturating_sub(good.len()))),
            ] {
                place.check(Odd::call("a token", size, "/mcp").bearing(&token), &[refused]).await;
            }
            let other = format!("Basic {}", filler(size - "Basic ".len()));
            let refused = if size > LONGEST_VALUE { 400 } else { 401 };
            place.check(Odd::call("Basic", size, "/mcp").line("Authorization", &other), &[refused]).await;
        }
    });
}

#[test]
fn a_valid_token_after_many_spaces_is_accepted_with_its_own_subject() {
    at("spaces", async |place| {
        let token = place.token.clone();
        for size in steps() {
            // Go trims spaces at both ends of a value.
            let trailing = Odd::call("a token and spaces", size, "/mcp");
            let spaces = " ".repeat(size - token.len());
            place.check_call(trailing.bearing(&format!("{token}{spaces}")), true).await;
            let between = Odd::call("spaces and a token", size, "/mcp");
            let spaces = " ".repeat(size - "Bearer ".len() - token.len());
            let status = if size <= LONGEST_VALUE { 200 } else { 400 };
            place.check(between.bearing(&format!("{spaces}{token}")), &[status]).await;
        }
    });
}

#[test]
fn long_cookie_headers_are_forwarded_unchanged_except_for_our_cookies() {
    at("cookie", async |place| {
        for size in steps() {
            let theirs = |length: usize| filler(length);
            let third = size / 3;
            let (first, last) = (format!("a={}", theirs(third)), format!("c={}", theirs(third + 1)));
            let between = "; __Host-mcpb-a=secret; b=\"2\"; mcpb-dev-b=";
            let own = theirs(size.saturating_sub(first.len() + between.len() + last.len() + 2));
            let rest = size - "mcpb-dev-b=; d=4".len();
            for (cookie, left) in [
                (theirs(size), Some(theirs(size))),
                (format!("{first}{between}{own}; {last}"), Some(format!("{first}; b=\"2\"; {last}"))),
                (format!("mcpb-dev-b={}; d=4", theirs(rest)), Some("d=4".to_owned())),
                (format!("__Host-mcpb-a={}", theirs(size - "__Host-mcpb-a=".len())), None),
            ] {
                let odd = Odd::call("Cookie", size, "/mcp").bearing(&place.token).with("Cookie", &cookie);
                let reached = place.check_call(odd, cookie.len() <= LONGEST_VALUE).await;
                if reached.is_some_and(|request| request.values("cookie") != Vec::from_iter(left)) {
                    place.wrong(format!("{size} bytes of cookies are not passed on as they should be"));
                }
            }
        }
    });
}

#[test]
fn a_long_origin_is_forwarded_unchanged_or_refused() {
    at("origin", async |place| {
        for size in steps() {
            let origin = format!("https://{}", filler(size - "https://".len()));
            let fits = size <= LONGEST_VALUE;
            let odd = Odd::call("Origin", size, "/mcp").bearing(&place.token).with("Origin", &origin);
            let reached = place.check_call(odd, fits).await;
            if reached.is_some_and(|request| request.values("origin") != [origin.as_str()]) {
                place.wrong(format!("an origin of {size} bytes is passed on changed"));
            }
            let without = Odd::call("Origin without a token", size, "/mcp").with("Origin", &origin);
            place.check(without, &[if fits { 401 } else { 400 }]).await;
            let page = Odd::new("Origin at a page", size, "GET", "/oauth/login").line("Origin", &origin);
            // Together with the context, an origin just below the limit is too large for the sidecar.
            place.check(page, &[400, 431]).await;
            // A preflight gets a response, whatever its headers are.
            let asked = format!("mcp-param-a, {}, mcp-param-b", filler(size));
            let preflight = Odd::new("a preflight", size, "OPTIONS", "/mcp").line("Origin", &origin);
            place.check(preflight.line("Access-Control-Request-Headers", &asked), &[204]).await;
        }
    });
}

#[test]
fn a_long_origin_that_is_not_listed_is_refused() {
    at("listed", async |place| {
        for size in steps() {
            let origin = format!("https://{}", filler(size - "https://".len()));
            let refused = if size > LONGEST_VALUE { 400 } else { 403 };
            let odd = Odd::call("Origin", size, "/mcp").bearing(&place.token).with("Origin", &origin);
            let (answer, _) = place.check(odd, &[refused]).await;
            if answer.text().contains(&origin[..100]) {
                place.wrong(format!("an origin of {size} bytes is in the answer"));
            }
        }
    });
}

/// Traefik itself removes every name except `upgrade` from the list in `Connection`, and removes the headers with these
/// names.
#[test]
fn a_long_connection_list_does_not_remove_the_identity_headers() {
    at("connection", async |place| {
        for size in steps() {
            let mut list = "close, X-Mcp-Sub, x_mcpb_context, X-Mcp-Iss, X-Mcp-Scopes".to_owned();
            while list.len() < size {
                list += &format!(", X-{}", filler(100.min(size.saturating_sub(list.len() + 4)).max(1)));
            }
            let odd = Odd::call("Connection", size, "/mcp").bearing(&place.token).line("Connection", &list);
            place.check_call(odd, true).await;
        }
    });
}

#[test]
fn reserved_header_names_in_any_number_do_not_reach_the_mcp_server() {
    at("names", async |place| {
        for size in steps() {
            // The headers have one long name, or many short names.
            let one = format!("X-Mcpb-{}: eve\r\n", filler(size - "X-Mcpb-".len()));
            let (mut many, mut length) = (String::new(), 0);
            while length < size {
                // Each name is longer than the previous one, so that all differ.
                let number = many.matches(':').count();
                let name = match number % 2 {
                    0 => format!("X_Mcpb.{}", filler(60 + number)),
                    _ => format!("X{}Mcp_Sub", "-".repeat(60 + number)),
                };
                length += name.len() + 1;
                many += &format!("{name}: eve\r\n");
            }
            // The list also contains other names, so the limit is a little lower.
            let fits = size < 65_000;
            for lines in [one, many] {
                let with = |odd: Odd| odd.lines(&lines);
                let call = Odd::call("names", size, "/mcp").bearing(&place.token);
                place.check_call(with(call), fits).await;
                let document = with(Odd::new("names", size, "GET", "/oauth/jwks.json"));
                place.check(document, &[if fits { 200 } else { 400 }]).await;
            }
        }
    });
}

/// The sidecar's HTTP library accepts at most a hundred headers and 400 KiB.
#[test]
fn requests_with_many_headers_are_forwarded_or_get_4xx() {
    at("count", async |place| {
        for count in [50, 90, 101, 150, 400, 2_000] {
            let lines: String = (0..count).map(|number| format!("X-Pad{number}: 1\r\n")).collect();
            let call = Odd::call("a number of headers", count, "/mcp").bearing(&place.token);
            place.check_call(call.lines(&lines), true).await;
            let document = Odd::new("a number of headers", count, "GET", "/oauth/jwks.json").lines(&lines);
            place.check(document, &[200, 400, 431]).await;
        }
        for count in [1, 2, 6, 7, 10] {
            let lines: String =
                (0..count).map(|number| format!("X-Pad{number}: {}\r\n", filler(65_000))).collect();
            let call = Odd::call("a number of long headers", count, "/mcp").bearing(&place.token);
            place.check_call(call.lines(&lines), true).await;
            let document =
                Odd::new("a number of long headers", count, "GET", "/oauth/jwks.json").lines(&lines);
            place.check(document, &[200, 400, 431]).await;
        }
    });
}
