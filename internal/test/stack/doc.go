// Package stack runs the real stack in virtual time: replicas, nodes and hubs
// with their journals, views, certificates, gRPC and HTTPS, over lines made of
// memory, inside a testing/synctest bubble. Thirty days pass in seconds, and
// lines, disks and clocks fail as a scenario says. Only tests import it.
package stack
