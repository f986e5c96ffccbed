// Preloaded into a third-party Node.js server (`node --require`): makes it listen on a free port of 127.0.0.1 whatever
// address it requests, prints the port, and writes a line for each request.
"use strict";
const net = require("node:net");
const http = require("node:http");

const line = (value) => process.stderr.write(JSON.stringify(value) + "\n");

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...given) {
  const callback = given.find((value) => typeof value === "function");
  this.once("listening", () => line({ port: this.address().port }));
  return listen.call(this, { host: "127.0.0.1", port: 0 }, callback);
};

const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (event, request, ...rest) {
  if (event === "request") line({ method: request.method, url: request.url, headers: request.rawHeaders });
  return emit.call(this, event, request, ...rest);
};
