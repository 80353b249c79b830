/** What stands in a recorded history for the addresses that it was made at. */
export const vendorAddress = 'vendor.recorded'
export const gatewayAddress = 'gateway.recorded'
