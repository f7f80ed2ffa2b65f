"""Home: the loop as five stations, the set-up, how far the business has come. `reading` asks the
rooms, the other modules put what they answered into words; `page` joins them.
"""
