"""What each operator and stage of the language does, in a line, for completion."""

from __future__ import annotations

_LINES = """
$abs the number without its sign
$acos the angle of a cosine, in radians
$acosh the inverse hyperbolic cosine
$add numbers added, or a time and milliseconds
$addFields columns added to each row
$all holds every one of these values
$allElementsTrue whether all items are true
$and all of these hold
$anyElementTrue whether any item is true
$arrayElemAt the item at a place, from 0; below 0 from the end
$arrayToObject a record from pairs of name and value
$asin the angle of a sine, in radians
$asinh the inverse hyperbolic sine
$atan the angle of a tangent, in radians
$atan2 the angle of y and x, in radians
$atanh the inverse hyperbolic tangent
$avg the mean
$bitAnd bits that all numbers have
$bitNot the other bits
$bitOr bits that any number has
$bitXor bits that one number alone has
$bitsAllClear none of these bits is set
$bitsAllSet all of these bits are set
$bitsAnyClear one of these bits is not set
$bitsAnySet one of these bits is set
$bucket groups between given bounds
$bucketAuto as many groups of about one size
$ceil rounded up
$cmp -1, 0 or 1: less, equal or greater
$comment a note; changes nothing
$concat texts put together
$concatArrays lists put together
$cond [if, then, else]
$convert a value as another type
$cos the cosine of radians
$cosh the hyperbolic cosine
$count how many rows
$dateAdd a time and some units later
$dateDiff the units between two times
$dateFromParts a time from year, month, day, …
$dateFromString a time read from text
$dateSubtract a time and some units earlier
$dateToParts year, month, day, … of a time
$dateToString a time as text
$dateTrunc the beginning of a time's day, hour, …
$dayOfMonth 1 to 31
$dayOfWeek 1 to 7, Sunday first
$dayOfYear 1 to 366
$degreesToRadians degrees as radians
$densify rows for the gaps in a series
$divide the first by the second
$documents rows written here
$elemMatch any item meets all of this
$eq equal
$exists whether a value is there
$exp e to this power
$expr an expression inside a query document
$facet several pipelines over the same rows
$fill missing values filled in
$filter the items that meet a condition
$first the first item
$firstN the first n items
$floor rounded down
$getField a part by its name, whatever the name
$group one row for each _id, with what is gathered of it
$gt greater
$gte greater or equal
$hour 0 to 23
$ifNull the first value that is there
$in one of a list
$indexOfArray where a value stands in a list; -1 nowhere
$indexOfBytes where a text stands in a text, in bytes
$indexOfCP where a text stands in a text, in letters
$isArray whether it is a list
$isNumber whether it is a number
$isoDayOfWeek 1 to 7, Monday first
$isoWeek the week by ISO 8601
$isoWeekYear the year of that week
$last the last item
$lastN the last n items
$let names for values, used in one expression
$limit the first n rows
$literal a value as it stands, also with $ in front
$ln the natural logarithm
$log [number, base]
$log10 the logarithm to base 10
$lookup the rows of another table that match
$lt less
$lte less or equal
$ltrim without spaces at the start
$map each item worked out anew
$match the rows that meet a query document
$max the greatest
$maxN the n greatest
$median the middle value
$mergeObjects records laid over each other
$millisecond 0 to 999
$min the least
$minN the n least
$minute 0 to 59
$mod the rest of a division
$month 1 to 12
$multiply numbers multiplied
$ne not equal
$nin none of a list
$nor none of these hold
$not does not hold
$objectToArray pairs of name and value
$options of $regex: i, m, s, x
$or any of these hold
$percentile the values below which shares lie
$pow a number to a power
$project these columns alone
$radiansToDegrees radians as degrees
$rand a random number from 0 to 1
$range whole numbers from … to
$reduce one value of all items, step by step
$regex text that a pattern is found in
$regexFind the first place of a pattern
$regexFindAll all places of a pattern
$regexMatch whether a pattern is found
$replaceAll each text replaced by another
$replaceOne the first text replaced by another
$replaceRoot a record of the row in its place
$replaceWith a record of the row in its place
$reverseArray the items from the end
$round rounded, half to even
$rtrim without spaces at the end
$sample some rows at random
$sampleRate about this share of the rows
$second 0 to 59
$set columns added to each row
$setDifference items of the first list alone
$setEquals whether two lists hold the same values
$setField a record with one part changed
$setIntersection items that all lists have
$setIsSubset whether a list holds another's items
$setUnion items that any list has
$setWindowFields values over the rows around
$sin the sine of radians
$sinh the hyperbolic sine
$size how many items
$skip without the first n rows
$slice some items by their places
$sort rows in an order; -1 is descending
$sortArray the items in an order
$sortByCount each value and how often it occurs
$split a text cut at another
$sqrt the square root
$stdDevPop the standard deviation of all
$stdDevSamp the standard deviation of a sample
$strLenBytes a text's length in bytes
$strLenCP a text's length in letters
$strcasecmp -1, 0 or 1, in either case
$substr a piece of a text, in bytes
$substrBytes a piece of a text, in bytes
$substrCP a piece of a text, in letters
$subtract the first less the second
$sum the sum
$switch the first case that holds
$tan the tangent of radians
$tanh the hyperbolic tangent
$toBool as true or false
$toDate as a time
$toDouble as a number
$toInt as a whole number
$toLong as a whole number
$toLower in small letters
$toString as text
$toUpper in capital letters
$trim without spaces around
$trunc without what follows the point
$type what kind of value it is
$unionWith the rows of another table too
$unset without these columns
$unsetField a record without one part
$unwind one row for each item
$week 0 to 53, Sunday first
$year the year
$zip lists item by item
"""

MEANINGS: dict[str, str] = dict(line.split(" ", 1) for line in _LINES.strip().splitlines())
