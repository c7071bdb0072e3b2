// Package limit bounds what a caller can cost before it is known who it is:
// how often it may ask, how many of its connections are waiting to say who
// they are, and how many handshakes are computed at a time. A caller is what
// the hub sees of it, an address or the device whose certificate was checked;
// never what it says of itself. See DESIGN.md.
package limit
