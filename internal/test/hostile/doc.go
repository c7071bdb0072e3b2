// Package hostile plays a device that the city admitted and that says on its
// link what it likes: frames of every kind, in any order, with the values that
// stand at the corners of what can be said. A hub's own code hears it: relay,
// link, session, streams, journal and contacts, inside a testing/synctest
// bubble. FuzzFrames looks for a sequence of frames after which something does
// not hold that must; it has no other code than its tests.
package hostile
