// Every size the protocols refuse to exceed, in one place. Numbers only.

/** nginx cannot send more: the uwsgi header and a FastCGI record hold 16-bit sizes. */
export const HEAD_LIMIT = 65_535
/** Headers and CGI variables of one request; a browser sends about 20, nginx adds 15. */
export const VARIABLES_LIMIT = 1024
/** Longest variable name; marshal's short strings carry one byte of length. */
export const NAME_LIMIT = 255
/** A body up to this size is read whole before a worker is troubled; larger ones stream. */
export const INLINE_BODY_LIMIT = 65_536
/** Body bytes held for an exchange whose worker does not take them yet; then the peer is paused. */
export const HELD_BODY_LIMIT = 262_144
/** A body larger than this part of the disk space for bodies (`body-buffering`) is not kept there; it streams. */
export const SPOOL_SHARE = 4
/** Unread body bytes dropped after an early response, so that the peer reads the answer and not a reset. */
export const DISCARD_LIMIT = 16 * 1024 * 1024
/** A response up to this size is copied into one buffer and leaves in one write. */
export const ONE_WRITE_LIMIT = 32_768
/** Answers up to this size go by the lane unless their request is alone; SMALL in lane.py. */
export const SMALL_ANSWER_LIMIT = 16_384
/** Content of one FastCGI record; the largest multiple of eight under 65,536. */
export const FASTCGI_RECORD_LIMIT = 65_528
/** Management records (GET_VALUES) longer than this are refused. */
export const FASTCGI_MANAGEMENT_LIMIT = 1024
/** Slots of the dispatcher's cost table: `Exchange.costKey` is below this. */
export const COST_KEYS = 4096
