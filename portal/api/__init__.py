"""The service as programs use it: `/api/v1`, over the same commands and the same permissions as the pages.

It is an application of its own beside the portal's. It knows no cookie, so that no page of another site can act through
a browser; who asks shows a token.
"""
