/**
 * The functions that text written by a person may call on the embedded server: those that compute a value from their
 * arguments and nothing else. Not on the list: what reads files, dictionaries, other tables, settings or the machine.
 */
const words = (text: string): string[] => text.trim().toLowerCase().split(/\s+/)

const scalar = words(`
  abs plus minus multiply divide intDiv intDivOrZero modulo negate positiveModulo gcd lcm sign sqrt cbrt exp exp2 exp10
  log ln log2 log10 log1p pow power sin cos tan asin acos atan atan2 sinh cosh tanh degrees radians pi e hypot
  round roundBankers floor ceil ceiling trunc truncate isNaN isFinite isInfinite ifNotFinite least greatest max2 min2 clamp
  equals notEquals less greater lessOrEquals greaterOrEquals and or not xor in notIn globalIn globalNotIn nullIn notNullIn
  isNull isNotNull isDistinctFrom isNotDistinctFrom ifNull nullIf coalesce assumeNotNull toNullable isZeroOrNull
  if multiIf caseWithExpression caseWithoutExpression transform
  like notLike ilike notILike match extract extractAll countSubstrings countMatches position positionCaseInsensitive
  positionUTF8 locate hasToken multiSearchAny startsWith endsWith startsWithUTF8 endsWithUTF8
  length lengthUTF8 char_length character_length octet_length empty notEmpty lower upper lcase ucase lowerUTF8 upperUTF8
  initcap initcapUTF8 concat concatWithSeparator concat_ws format printf substring substr mid substringUTF8
  substringIndex substring_index left right leftUTF8 rightUTF8 leftPad rightPad lpad rpad leftPadUTF8 rightPadUTF8
  trim ltrim rtrim trimBoth trimLeft trimRight repeat space reverse reverseUTF8 replace replaceOne replaceAll
  replaceRegexpOne replaceRegexpAll regexp_replace translate translateUTF8 splitByChar splitByString splitByRegexp
  splitByWhitespace splitByNonAlpha arrayStringConcat isValidUTF8 toValidUTF8 ascii char hex unhex bin unbin base64Encode
  base64Decode tryBase64Decode normalizeUTF8NFC soundex
  cast _CAST accurateCast accurateCastOrNull accurateCastOrDefault toTypeName toString toFixedString toBool toUUID
  toUUIDOrNull toUUIDOrZero toInt8 toInt16 toInt32 toInt64 toInt128 toInt256 toUInt8 toUInt16 toUInt32 toUInt64
  toUInt128 toUInt256 toFloat32 toFloat64 toDecimal32 toDecimal64 toDecimal128 toDecimal256 toInt8OrNull toInt16OrNull
  toInt32OrNull toInt64OrNull toUInt8OrNull toUInt16OrNull toUInt32OrNull toUInt64OrNull toFloat32OrNull
  toFloat64OrNull toDecimal32OrNull toDecimal64OrNull toDecimal128OrNull toInt32OrZero toInt64OrZero toUInt32OrZero
  toUInt64OrZero toFloat64OrZero toIPv4 toIPv6 toIPv4OrNull toIPv6OrNull toLowCardinality
  toDate toDate32 toDateTime toDateTime32 toDateTime64 toDateOrNull toDate32OrNull toDateTimeOrNull toDateTime64OrNull date
  parseDateTime parseDateTimeOrNull parseDateTimeBestEffort parseDateTimeBestEffortOrNull parseDateTime64BestEffort
  formatDateTime fromUnixTimestamp toUnixTimestamp toUnixTimestamp64Milli fromUnixTimestamp64Milli toTimeZone
  toTimezone makeDate makeDateTime now now64 today yesterday toYear toQuarter toMonth toWeek toISOWeek toISOYear
  toDayOfMonth toDayOfWeek toDayOfYear toHour toMinute toSecond toMillisecond year quarter month week day hour minute
  second toYYYYMM toYYYYMMDD toYYYYMMDDhhmmss toStartOfYear toStartOfQuarter toStartOfMonth toStartOfWeek toMonday
  toStartOfDay toStartOfHour toStartOfMinute toStartOfSecond toStartOfFiveMinutes toStartOfTenMinutes
  toStartOfFifteenMinutes toStartOfInterval toLastDayOfMonth dateTrunc date_trunc dateDiff date_diff age dateAdd
  date_add dateSub date_sub addYears addQuarters addMonths addWeeks addDays addHours addMinutes addSeconds subtractYears
  subtractMonths subtractWeeks subtractDays subtractHours subtractMinutes subtractSeconds toIntervalYear
  toIntervalQuarter toIntervalMonth toIntervalWeek toIntervalDay toIntervalHour toIntervalMinute toIntervalSecond
  array arrayElement has hasAll hasAny indexOf arrayConcat arraySlice arrayMap arrayFilter arrayExists arrayAll
  arrayCount arraySum arrayAvg arrayMin arrayMax arraySort arrayReverseSort arrayReverse arrayDistinct arrayUniq
  arrayJoin arrayFirst arrayLast arrayZip arrayFlatten arrayCompact arrayEnumerate range lambda tuple tupleElement
  untuple map mapKeys mapValues mapContains mapFromArrays
  JSONExtract JSONExtractString JSONExtractInt JSONExtractUInt JSONExtractFloat JSONExtractBool JSONExtractRaw
  JSONExtractArrayRaw JSONExtractKeys JSONHas JSONLength JSONType JSON_VALUE JSON_QUERY isValidJSON
  cityHash64 sipHash64 xxHash64 murmurHash3_64 MD5 SHA1 SHA256 farmHash64 intHash32 intHash64
  bitAnd bitOr bitXor bitNot bitShiftLeft bitShiftRight bitTest bitCount
  domain domainWithoutWWW topLevelDomain protocol path queryString extractURLParameter cutQueryString decodeURLComponent
  isIPv4String isIPv6String isIPAddressInRange IPv4NumToString IPv4StringToNum
  rowNumberInAllBlocks row_number rank dense_rank lag lead lagInFrame leadInFrame first_value last_value ntile nth_value
`)

const aggregate = words(`
  count countDistinct sum sumDistinct avg min max any anyLast first_value last_value argMin argMax uniq uniqExact
  uniqCombined uniqHLL12 median medianExact quantile quantiles quantileExact quantilesExact quantileTDigest
  stddevPop stddevSamp varPop varSamp covarPop covarSamp corr groupArray groupUniqArray groupArrayDistinct groupConcat
  topK sumMap minMap maxMap groupBitAnd groupBitOr groupBitXor
`)

export const allowedFunctions: ReadonlySet<string> = new Set([
  ...scalar,
  ...aggregate,
  ...aggregate.map((name) => `${name}if`),
])

/** Of these, those that take another function as their first argument: a lambda, or just its name (seen on 26.7). */
export const functionsOfFunctions: ReadonlySet<string> = new Set(
  words(`
  arrayMap arrayFilter arrayExists arrayAll arrayCount arraySum arrayAvg arrayMin arrayMax arraySort arrayReverseSort
  arrayFirst arrayLast arrayCompact
`),
)

/** What a SELECT is made of, as EXPLAIN AST names it. A subquery is checked like the query around it. */
export const allowedNodes: ReadonlySet<string> = new Set(
  `SelectWithUnionQuery SelectQuery SelectIntersectExceptQuery ExpressionList TablesInSelectQuery
  TablesInSelectQueryElement TableExpression TableIdentifier TableJoin ArrayJoin Subquery WithElement Function Identifier
  Literal Asterisk QualifiedAsterisk OrderByElement WindowDefinition WindowListElement Set`.split(/\s+/),
)
