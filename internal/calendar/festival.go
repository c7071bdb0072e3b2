package calendar

// festivals are the days of the Spring Festival (春节, the first day of the lunar year) from
// 2000 on. The city's table of holidays says which days are off, not which of them it is, so
// the days are a table here.
var festivals = [...]string{
	"2000-02-05", "2001-01-24", "2002-02-12", "2003-02-01", "2004-01-22", "2005-02-09", "2006-01-29", "2007-02-18", "2008-02-07", "2009-01-26",
	"2010-02-14", "2011-02-03", "2012-01-23", "2013-02-10", "2014-01-31", "2015-02-19", "2016-02-08", "2017-01-28", "2018-02-16", "2019-02-05",
	"2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13",
	"2030-02-03", "2031-01-23", "2032-02-11", "2033-01-31", "2034-02-19", "2035-02-08", "2036-01-28", "2037-02-15", "2038-02-04", "2039-01-24",
	"2040-02-12", "2041-02-01", "2042-01-22", "2043-02-10", "2044-01-30", "2045-02-17", "2046-02-06", "2047-01-26", "2048-02-14", "2049-02-02",
	"2050-01-23",
}

// SpringFestival is the day of the Spring Festival of a year; of one that the table does not
// have, the last day on which it can be.
func SpringFestival(year int) string {
	if at := year - 2000; at >= 0 && at < len(festivals) {
		return festivals[at]
	}
	return written(year, 2, 21)
}
