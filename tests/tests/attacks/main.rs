//! Published attacks on similar servers, and the vulnerabilities of the original MCPBouncer, each tried through real
//! Traefik. Each attack has a file named after it. The top of the file describes the defence, and which code was
//! removed to check that the tests fail without it.

mod policed;
mod world;

mod activepieces_registration_flood;
mod cross_client_revocation;
mod cve_2025_4143_redirect_uri;
mod cve_2025_4144_pkce_downgrade;
mod cve_2025_6514_metadata_urls;
mod cve_2025_66414_dns_rebinding;
mod cve_2025_69196_resource_ignored;
mod cve_2026_11718_forged_tokens;
mod cve_2026_11719_protocol_versions;
mod cve_2026_25536_cross_client_leak;
mod cve_2026_27124_callback_binding;
mod cve_2026_34457_no_bypass_by_header;
mod cve_2026_39858_header_aliases;
mod docker_gateway_credential_redirects;
mod ghsa_4gph_keys_in_another_case;
mod ghsa_6x8h_document_in_the_middle;
mod ghsa_6x8h_silent_consent;
mod ghsa_c2jp_static_client_consent;
mod ghsa_jgh3_ssrf;
mod ghsa_vw82_no_access_list;
mod ghsa_xwmw_token_on_other_apis;
mod obsidian_web_mcp_auto_approval;
mod original_holes;
mod sentry_mcp_consent_tampering;
mod spoofed_callers;
mod tool_policy_bypasses;
