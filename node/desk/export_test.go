package desk

// ReadAtMost is ReadLines with another limit of objects.
var ReadAtMost = readLines
