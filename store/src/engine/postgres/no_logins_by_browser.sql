-- Each login has a cookie of its own, so none is looked up by its browser.
DROP TABLE mcpbouncer_logins_by_browser;
