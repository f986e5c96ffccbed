//! What an operator watches: a real Prometheus scrapes a real sidecar behind real Traefik, with the rules of
//! `deploy/prometheus` and the queries of the dashboard in `deploy/grafana`. Also runs the commands of
//! `docs/operations`.

mod alerts;
mod board;
mod drill;
mod known;
mod runbook;
mod series;
mod world;
