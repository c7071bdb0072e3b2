// Package attack holds the attack matrix of docs/security.md as tests, a row
// each, against real hubs: links over gRPC with mutual TLS, joining and
// renewing over HTTPS, and for the floods the program itself. It has no other
// code.
package attack
