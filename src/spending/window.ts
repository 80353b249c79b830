/** The vendor counts videos per minute; a second more, since its clock and the network are not ours. */
export const rateWindowMs = 61_000 // 61 seconds
