//! The resource-server role: everything the plugin decides about a request.
