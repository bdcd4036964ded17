"""The lab kept open: scenarios served for phones, emulators and manual work, and what arrives, told as it does."""
