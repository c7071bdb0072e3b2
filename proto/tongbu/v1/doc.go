// Package tongbuv1 is the generated form of the wire contract; only package
// syncer/wire and the transports beside it use it.
package tongbuv1
