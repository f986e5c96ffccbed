package main

// What the dashboard shows. HERE in a query stands for the chosen instances, TENANT for the chosen tenants.

type query struct{ expr, legend string }

type kind int

const (
	graph  kind = iota
	number      // one value
	bars        // one bar for each series
)

type panel struct {
	kind  kind
	title string
	// about is the text behind the panel's "i".
	about string
	unit  string
	// none is what is shown if there is no data, for panels where that is the usual state.
	none string
	// traced says that the series have exemplars, which lead to traces.
	traced  bool
	queries []query
}

type row struct {
	title  string
	panels []panel
}

const (
	perSecond = "reqps"
	seconds   = "s"
	nothing   = "none"
)

var rows = []row{
	{"Are we up", []panel{
		{kind: number, title: "Sidecars up", queries: []query{{`sum(up{job="mcpbouncer", HERE})`, ""}}},
		{kind: number, title: "Alerts that fire", none: "0",
			about:   "Alerts of deploy/prometheus/rules.yml; docs/operations/runbook.md has a section for each.",
			queries: []query{{`count(ALERTS{alertname=~"MCPBouncer.+", alertstate="firing"})`, ""}}},
		{kind: number, title: "Server errors, 5 minutes", unit: "percentunit", none: "0",
			queries: []query{{`sum(rate(bouncer_http_requests_total{status=~"5..", HERE}[5m])) / sum(rate(bouncer_http_requests_total{HERE}[5m]))`, ""}}},
		{kind: number, title: "Token endpoint, p99", unit: seconds, none: "no requests",
			queries: []query{{`histogram_quantile(0.99, sum by (le) (rate(bouncer_token_endpoint_duration_seconds_bucket{HERE}[5m])))`, ""}}},
		{kind: number, title: "Last start", unit: "dateTimeFromNow",
			queries: []query{{`max(bouncer_start_time_seconds{HERE}) * 1000`, ""}}},
		{kind: number, title: "Versions", about: "The number of sidecars of each version.",
			queries: []query{{`count by (version) (bouncer_build_info{HERE})`, "{{version}}"}}},
		{title: "Responses by status", unit: perSecond,
			queries: []query{{`sum by (status) (rate(bouncer_http_requests_total{HERE}[$__rate_interval]))`, "{{status}}"}}},
		{title: "Responses by endpoint", unit: perSecond,
			queries: []query{{`sum by (endpoint) (rate(bouncer_http_requests_total{HERE}[$__rate_interval]))`, "{{endpoint}}"}}},
		{title: "Time to a response, p99", unit: seconds, about: "Requests end after eight seconds.", traced: true,
			queries: []query{{`histogram_quantile(0.99, sum by (endpoint, le) (rate(bouncer_http_request_duration_seconds_bucket{HERE}[$__rate_interval])))`, "{{endpoint}}"}}},
	}},
	{"Who gets in", []panel{
		{title: "Steps of a login", unit: perSecond,
			queries: []query{{`sum by (kind) (rate(bouncer_events_total{kind=~"sign_in|consent_given|code_issued|token_issued|token_refreshed", outcome="success", HERE}[$__rate_interval]))`, "{{kind}}"}}},
		{title: "Tokens issued, by tenant", unit: perSecond,
			queries: []query{{`sum by (tenant) (rate(bouncer_tenant_events_total{kind=~"token_issued|token_refreshed", outcome="success", TENANT, HERE}[$__rate_interval]))`, "{{tenant}}"}}},
		{title: "Client registrations", unit: perSecond,
			queries: []query{{`sum by (result) (rate(bouncer_dcr_register_total{HERE}[$__rate_interval]))`, "{{result}}"}}},
		{title: "Logins in progress", about: "The store holds at most 200,000.",
			queries: []query{{`max(bouncer_logins_in_progress{HERE})`, "logins"}}},
	}},
	{"Who is refused, and why", []panel{
		{title: "Refusals and failures, by reason", unit: perSecond, none: nothing, about: "docs/operations/events.md says what each reason means.",
			queries: []query{{`sum by (reason) (rate(bouncer_auth_failures_total{HERE}[$__rate_interval]))`, "{{reason}}"}}},
		{kind: bars, title: "Reasons, whole range", none: nothing,
			queries: []query{{`topk(15, sum by (reason) (increase(bouncer_events_total{outcome!="success", HERE}[$__range])) > 0)`, "{{reason}}"}}},
		{title: "Refusals and failures, by tenant", unit: perSecond, none: nothing,
			queries: []query{{`sum by (tenant, outcome) (rate(bouncer_tenant_events_total{outcome!="success", TENANT, HERE}[$__rate_interval]))`, "{{tenant}} {{outcome}}"}}},
		{title: "Signs of an attack", unit: perSecond, none: nothing, about: "Reused tokens and codes, throttled passwords, requests past the plugin.",
			queries: []query{{`sum by (reason) (rate(bouncer_events_total{reason=~"refresh_reused|code_reused|code_pkce|login_throttled|login_busy|context_.+|operation_unproven", HERE}[$__rate_interval]))`, "{{reason}}"}}},
		{title: "Over a rate limit", unit: perSecond, none: nothing,
			queries: []query{{`sum by (instance) (rate(bouncer_events_total{reason="rate_limited", HERE}[$__rate_interval]))`, "{{instance}}"}}},
	}},
	{"Tokens", []panel{
		{title: "Access tokens issued", unit: perSecond,
			queries: []query{{`sum by (grant_type) (rate(bouncer_token_issued_total{HERE}[$__rate_interval]))`, "{{grant_type}}"}}},
		{title: "Refresh requests", unit: perSecond, about: "repeated: within the grace period, after a lost response. reused: the grant was revoked.",
			queries: []query{{`sum by (result) (rate(bouncer_token_refresh_total{HERE}[$__rate_interval]))`, "{{result}}"}}},
		{title: "Token endpoint", unit: seconds, traced: true, queries: []query{
			{`histogram_quantile(0.5, sum by (le) (rate(bouncer_token_endpoint_duration_seconds_bucket{HERE}[$__rate_interval])))`, "p50"},
			{`histogram_quantile(0.99, sum by (le) (rate(bouncer_token_endpoint_duration_seconds_bucket{HERE}[$__rate_interval])))`, "p99"},
		}},
		{title: "Stored", queries: []query{
			{`max(bouncer_clients_in_db{HERE})`, "clients"},
			{`max(bouncer_grants_in_db{HERE})`, "grants"},
			{`max(bouncer_refresh_tokens_in_db{HERE})`, "refresh tokens"},
		}},
		{title: "Personal access tokens in force", none: nothing,
			queries: []query{{`max by (tenant) (bouncer_personal_tokens{TENANT, HERE})`, "{{tenant}}"}}},
	}},
	{"Identity providers", []panel{
		{title: "Calls by outcome", unit: perSecond, none: nothing, about: "refused: the provider no longer confirms the user. The other failures need you.",
			queries: []query{{`sum by (call, outcome) (rate(bouncer_upstream_calls_total{HERE}[$__rate_interval]))`, "{{call}} {{outcome}}"}}},
		{title: "Duration of calls, p99", unit: seconds, none: nothing,
			queries: []query{{`histogram_quantile(0.99, sum by (call, le) (rate(bouncer_upstream_call_duration_seconds_bucket{HERE}[$__rate_interval])))`, "{{call}}"}}},
	}},
	{"Store", []panel{
		{title: "Operations, p99", unit: seconds, about: "With the time that they wait.",
			queries: []query{{`histogram_quantile(0.99, sum by (operation, le) (rate(bouncer_store_operation_duration_seconds_bucket{HERE}[$__rate_interval])))`, "{{operation}}"}}},
		{title: "Commits", unit: seconds, queries: []query{
			{`histogram_quantile(0.5, sum by (le) (rate(bouncer_store_commit_duration_seconds_bucket{HERE}[$__rate_interval])))`, "p50"},
			{`histogram_quantile(0.99, sum by (le) (rate(bouncer_store_commit_duration_seconds_bucket{HERE}[$__rate_interval])))`, "p99"},
		}},
		{title: "Writes", queries: []query{
			{`sum(bouncer_store_writes_waiting{HERE})`, "running or waiting"},
			{`sum(rate(bouncer_store_batch_size_sum{HERE}[$__rate_interval])) / sum(rate(bouncer_store_batch_size_count{HERE}[$__rate_interval]))`, "per commit"},
		}},
		{title: "Database file", unit: "bytes", about: "0 with PostgreSQL.",
			queries: []query{{`max by (instance) (bouncer_store_bytes{HERE})`, "{{instance}}"}}},
		{title: "Entries", queries: []query{{`max by (table) (bouncer_store_entries{HERE})`, "{{table}}"}}},
	}},
	{"Keys", []panel{
		{kind: number, title: "Signing keys that are accepted", queries: []query{{`min(bouncer_signing_keys_active{HERE})`, ""}}},
		{title: "Age of the key that signs", unit: seconds, about: "It rotates after BOUNCER_KEY_ROTATION_DAYS.", queries: []query{
			{`max by (instance) (bouncer_signing_key_age_seconds{HERE})`, "{{instance}}"},
			{`min(bouncer_signing_key_rotation_seconds{HERE})`, "rotates at"},
		}},
		{title: "Changes of the ring", queries: []query{{`sum by (instance) (increase(bouncer_events_total{kind="keys_changed", HERE}[$__rate_interval]))`, "{{instance}}"}}},
	}},
	{"Traefik", []panel{
		{title: "Problems of routers", none: nothing, about: "bare_router: a server stands open to everybody.",
			queries: []query{{`max by (kind) (bouncer_traefik_problems{HERE})`, "{{kind}}"}}},
		{title: "Plugin and sidecar disagree", unit: perSecond, none: nothing, about: "Requests without a valid context, and clocks that differ.",
			queries: []query{{`sum by (reason) (rate(bouncer_events_total{reason=~"context_.+|clock_skew", HERE}[$__rate_interval]))`, "{{reason}}"}}},
		{title: "Since the last poll", unit: seconds, none: nothing, about: "Of each Traefik that has polled in the last day; by default each polls every five seconds.",
			queries: []query{{`time() - max by (traefik) (bouncer_traefik_last_poll_seconds{HERE})`, "{{traefik}}"}}},
		{title: "Files for Traefik that cannot be written", none: nothing, about: "1: the plugin does not learn of revocations or of new keys.",
			queries: []query{{`max by (instance, reason) (bouncer_files_not_written{HERE})`, "{{instance}} {{reason}}"}}},
		{title: "Shared files", none: nothing, about: "The files that the sidecar keeps for Traefik could not be written, or somebody else changed them.",
			queries: []query{{`sum by (reason) (increase(bouncer_events_total{reason=~"revocations_.+|share_.+", HERE}[$__rate_interval]))`, "{{reason}}"}}},
	}},
	{"Audit and operation", []panel{
		{title: "Events by kind", unit: perSecond, queries: []query{{`sum by (kind) (rate(bouncer_events_total{HERE}[$__rate_interval]))`, "{{kind}}"}}},
		{title: "Failures of the server", none: nothing,
			queries: []query{{`sum by (reason) (increase(bouncer_events_total{outcome="failed", HERE}[$__rate_interval]))`, "{{reason}}"}}},
		{title: "Events missing in the audit", none: nothing,
			queries: []query{{`sum by (cause) (increase(bouncer_audit_lost_total{HERE}[$__rate_interval]))`, "{{cause}}"}}},
		{title: "Spans dropped", queries: []query{{`sum by (instance) (increase(bouncer_trace_spans_dropped_total{HERE}[$__rate_interval]))`, "{{instance}}"}}},
	}},
}
