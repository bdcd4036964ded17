"""The lab as a service: scenarios for phones, emulators and manual tests, and a report of what arrives."""
