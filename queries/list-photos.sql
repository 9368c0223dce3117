-- The photos of the reviews on one page of the list.
--   1st to 5th ?  review ids; a shorter page repeats its last id
-- The server uses the index reviews_photos_review.
SELECT review_id, id, url
FROM reviews_photos
WHERE review_id IN (?, ?, ?, ?, ?)
ORDER BY review_id, id;
