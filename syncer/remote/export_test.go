package remote

// Reason is reason, for the test of it.
var Reason = reason
