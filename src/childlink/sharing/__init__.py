"""What leaves for a recipient: keys, pseudonyms, minimised extracts, disclosure control, and the audit log.

Nothing here prints or logs; children's records are held in frames that are never shown.
"""
