"""The lab as a service: scenarios for phones, emulators and manual work, and a report of what arrives."""
